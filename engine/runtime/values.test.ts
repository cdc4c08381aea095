import fc from 'fast-check';
import type { Json, JsonObject } from '../json';
import { growth, variableChars } from './values';

describe('[L11.5] the size of a case', () => {
  it('is that of its variables as JSON, measured whole or by what is set', () => {
    const named = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(named), named, (scopes, more) => {
        const scopesOf = (all: JsonObject[]) => Object.fromEntries(all.map((variables, id) => [id, { variables }]));
        const charsOf = (all: JsonObject[]) => all.reduce((sum, one) => sum + JSON.stringify(one).length, 0);
        expect(variableChars(scopesOf(scopes))).toBe(charsOf(scopes));
        const later = scopes.map((variables) => ({ ...variables, ...more }));
        const grown = scopes.reduce((sum, variables) => sum + growth(variables, more), charsOf(scopes));
        expect(grown).toBe(charsOf(later));
      }),
    );
  });
});
