/** The rows of the job descriptions that the product is for: what a duty may say that it covers (language page, 8.1). */
export const dutyRows: readonly string[] = [
  ...numbered(1, 1, 9),
  ...numbered(2, 1, 12),
  ...numbered(3, 1, 6),
  ...numbered(4, 1, 6),
  ...numbered(5, 0, 6),
];

function numbered(chapter: number, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${chapter}.${from + index}`);
}
