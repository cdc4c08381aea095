import { Router } from 'express';
import type { Parts } from '../parts';

const ANSWER_WITHIN_MS = 3_000;

/** `/healthz`: this process lives. `/readyz`: the database and Temporal answer. */
export function healthRoutes({ db, gateway }: Parts): Router {
  const router = Router();

  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });

  router.get('/readyz', async (_req, res) => {
    const [database, temporal] = await Promise.all([answers(db.ping()), answers(gateway.ping())]);
    const ready = database && temporal;
    if (!ready) res.set('Retry-After', '2');
    res.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', database: stateOf(database), temporal: stateOf(temporal) });
  });

  return router;
}

async function answers(question: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([
      question.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function stateOf(up: boolean): 'up' | 'down' {
  return up ? 'up' : 'down';
}
