import { Router } from 'express';
import { assertMayRecord } from '../access';
import type { Parts } from '../parts';
import { observeCase, recordingOf } from '../recording';
import { callerOf } from '../request';

/** Cases as scenarios see them, for administrators and auditors. */
export function recordingRoutes(parts: Parts): Router {
  const router = Router();

  router.get('/:processInstanceKey/observation', async (req, res) => {
    const caller = callerOf(res);
    assertMayRecord(caller);
    res.json(await observeCase(parts, caller.dealership, req.params.processInstanceKey));
  });

  router.get('/:processInstanceKey/recording', async (req, res) => {
    const caller = callerOf(res);
    assertMayRecord(caller);
    res.json(await recordingOf(parts, caller.dealership, req.params.processInstanceKey));
  });

  return router;
}
