import type { Rule } from '../rule';
import { boundaryNeverFires } from './boundary-never-fires';
import { branchNeverTaken } from './branch-never-taken';
import { cannotEnd } from './cannot-end';
import { deadlock } from './deadlock';
import { decisionNull } from './decision-null';
import { dueBeyondHorizon } from './due-beyond-horizon';
import { dutyRowUncovered } from './duty-row-uncovered';
import { endNeverReached } from './end-never-reached';
import { endlessLoop } from './endless-loop';
import { errorNotCaught } from './error-not-caught';
import { formWithoutFields } from './form-without-fields';
import { fourEyesImpossible } from './four-eyes-impossible';
import { fourEyesWhenIll } from './four-eyes-when-ill';
import { lackOfSynchronisation } from './lack-of-synchronisation';
import { messageNameUnmatched } from './message-name-unmatched';
import { messageNotAwaited } from './message-not-awaited';
import { messageWithoutSender } from './message-without-sender';
import { noBranchTrue } from './no-branch-true';
import { outcomeNeverGiven } from './outcome-never-given';
import { publishersWithoutEffect } from './publishers-without-effect';
import { returnNeverPossible } from './return-never-possible';
import { returnStrands } from './return-strands';
import { searchIncomplete } from './search-incomplete';
import { stepNeverRuns } from './step-never-runs';
import { unknownDutyRow } from './unknown-duty-row';
import { valueNeverCompared } from './value-never-compared';
import { valueNeverGiven } from './value-never-given';
import { variableNeverSet } from './variable-never-set';

/** All rules of the analysis, in the order of their names; those of the reader and the compiler are in their own places. */
export const rules: readonly Rule[] = [
  boundaryNeverFires,
  branchNeverTaken,
  cannotEnd,
  deadlock,
  decisionNull,
  dueBeyondHorizon,
  dutyRowUncovered,
  endNeverReached,
  endlessLoop,
  errorNotCaught,
  formWithoutFields,
  fourEyesImpossible,
  fourEyesWhenIll,
  lackOfSynchronisation,
  messageNameUnmatched,
  messageNotAwaited,
  messageWithoutSender,
  noBranchTrue,
  outcomeNeverGiven,
  publishersWithoutEffect,
  returnNeverPossible,
  returnStrands,
  searchIncomplete,
  stepNeverRuns,
  unknownDutyRow,
  valueNeverCompared,
  valueNeverGiven,
  variableNeverSet,
];
