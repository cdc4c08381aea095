import { Router } from 'express';
import type { Caller } from '../../db/account-repository';
import { callerOf } from '../request';
import type { Sessions } from '../sessions';

/** Log-in. */
export function sessionRoutes(sessions: Sessions): Router {
  const router = Router();
  router.post('/', async (req, res) => {
    const { username, password } = req.body as { username: string; password: string };
    const { token, expiresAt, caller } = await sessions.logIn(username, password, req.ip ?? '');
    res
      .status(201)
      .set('Cache-Control', 'no-store')
      .json({ token, expiresAt: expiresAt.toISOString(), user: userView(caller) });
  });
  return router;
}

/** Who the token belongs to. */
export function meRoutes(): Router {
  const router = Router();
  router.get('/', (_req, res) => {
    res.json(userView(callerOf(res)));
  });
  return router;
}

function userView({ user, dealership, roles }: Caller) {
  return { username: user, dealership, roles };
}
