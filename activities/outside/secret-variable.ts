import { readFileSync } from 'node:fs';
import type { Surroundings } from '../surroundings';

/** The variable of a worker's environment that holds a secret: a dash in the dealership's id is "__", which no name of a secret has. */
export function secretVariable(dealership: string, name: string): string {
  return `NEIQIN_SECRET_${dealership.toUpperCase().replaceAll('-', '__')}_${name}`;
}

/** Secrets as an environment has them, or as files whose paths it has under the same names with `_FILE` behind; both are read when they are asked for. */
export function secretsIn(environment: Readonly<Record<string, string | undefined>>): Surroundings['secretOf'] {
  return (dealership, name) => {
    const variable = secretVariable(dealership, name);
    const file = environment[`${variable}_FILE`];
    return environment[variable] ?? (file === undefined ? undefined : readFileSync(file, 'utf8').replace(/\r?\n$/u, ''));
  };
}
