/** A JSON value. Numbers are decimal literals of at most 15 significant digits; `NaN` and infinities never occur. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object. Keys that JavaScript treats as prototype accessors (`__proto__`) never occur. */
export interface JsonObject {
  [key: string]: Json;
}
