/** Holds what was seen against what is promised. */
import { acceptedIsStored, eventsAreOneJob, jobsWereSent } from './checks/accepted.ts';
import { answersAreDocumented } from './checks/answers.ts';
import { failuresAreExplained } from './checks/failures.ts';
import { everythingSettled, nothingIsLeft, resourcesCameBack } from './checks/rest.ts';
import { messagesCameInOrder, resultsAreWhole, resultsWereDelivered } from './checks/results.ts';
import { runsStartedOnce, slotsWereKept } from './checks/runs.ts';
import { databasesAreSound, jobsEnded, statesFollowTheDrawing } from './checks/states.ts';
import type { Check, Evidence, Finding } from './evidence.ts';

export const checks: Readonly<Record<string, Check>> = {
  acceptedIsStored,
  eventsAreOneJob,
  jobsWereSent,
  answersAreDocumented,
  failuresAreExplained,
  runsStartedOnce,
  slotsWereKept,
  statesFollowTheDrawing,
  jobsEnded,
  databasesAreSound,
  resultsAreWhole,
  resultsWereDelivered,
  messagesCameInOrder,
  everythingSettled,
  nothingIsLeft,
  resourcesCameBack,
};

export function reconcile(evidence: Evidence): readonly Finding[] {
  return Object.entries(checks).flatMap(([check, judge]) => judge(evidence).map((what) => ({ check, what })));
}
