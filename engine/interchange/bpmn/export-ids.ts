/** Letters that every reader of XML takes in an id (XML 1.0, second edition: names): Latin ones and Chinese characters. */
const usual = /^[A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u4e00-\u9fa5][\w.\-\u00c0-\u00d6\u00d8-\u00f6\u4e00-\u9fa5]*$/u;
const other = /[^\w.\-\u00c0-\u00d6\u00d8-\u00f6\u4e00-\u9fa5]/gu;

/** The ids of a file: those of the model where XML allows them, as all elements of a file share one set. */
export class XmlIds {
  private readonly taken = new Set<string>();

  constructor(process: string) {
    this.taken.add(process);
  }

  /** The id of a node; another one where XML does not allow its own, or something has it. */
  of(id: string): string {
    return this.free(id);
  }

  /** The id of a flow: without one of its own it is made of its ends. */
  ofFlow(id: string): string {
    return this.free(id.replaceAll('>', '.to.'));
  }

  /** An id that nothing has yet. */
  free(wanted: string): string {
    const plain = wanted.replaceAll(other, '_');
    const letters = usual.test(plain) ? plain : `_${plain}`;
    let id = letters;
    for (let number = 2; this.taken.has(id); number += 1) id = `${letters}_${number}`;
    this.taken.add(id);
    return id;
  }
}
