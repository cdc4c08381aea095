/** Minutes of a day, from midnight: `[540, 720]` is 09:00 to 12:00. The end is exclusive, at most 1440. */
export type Interval = [from: number, to: number];

/** A compiled calendar: plain JSON that travels in a case's closure, so that a history explains its dates. */
export interface Calendar {
  id: string;
  /** IANA zone in which its days are counted. */
  timezone: string;
  /** Working hours by weekday, Monday first (seven lists, each in order, without overlaps). */
  week: Interval[][];
  /** Days that are different, by ISO date: holidays (an empty list), make-up working days, days named one by one. */
  days: Record<string, Interval[]>;
  /** Opening days of the house by weekday, Monday first; they are apart from working hours. */
  open: boolean[];
  /** Days that are different, by ISO date. */
  openDays: Record<string, boolean>;
  /** The last ISO date for which public holidays are known; absent where the calendar has none. */
  horizon?: string;
}
