import fc from 'fast-check';
import type { Json, JsonObject } from '../json';
import type { InstanceState } from './instance-state';
import { variableChars, withVariables } from './values';

describe('[L11.5] the size of a case', () => {
  it('is that of its variables as JSON, measured whole or by what is set', () => {
    const named = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(named), named, (scopes, more) => {
        const stateOf = (all: JsonObject[]) =>
          ({ scopes: Object.fromEntries(all.map((variables, id) => [id, { variables }])) }) as unknown as InstanceState;
        const charsOf = (all: JsonObject[]) => all.reduce((sum, one) => sum + JSON.stringify(one).length, 0);
        expect(variableChars(stateOf(scopes))).toBe(charsOf(scopes));
        const later = scopes.map((variables) => withVariables(variables, more));
        expect(later).toEqual(scopes.map((variables) => ({ ...variables, ...more })));
        expect(variableChars(stateOf(later))).toBe(charsOf(later));
      }),
    );
  });
});
