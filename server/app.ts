import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { isAway } from './availability';
import { BODY_LIMIT, jsonBody, sheetBody, uploadBody } from './body';
import { CaseUnavailableError } from './case-gateway';
import { contractCheck, problemOfContract, readContract } from './contract';
import { createCursors } from './cursors';
import { documentBody } from './document-body';
import type { Parts } from './parts';
import { ApiError, PROBLEM_TYPE, problemOf } from './problem';
import { contextOf, problemContext, requestContext } from './request';
import { conditionRoutes } from './routes/conditions';
import { definitionRoutes } from './routes/definitions';
import { deploymentRoutes } from './routes/deployments';
import { documentRoutes } from './routes/documents';
import { healthRoutes } from './routes/health';
import { incidentRoutes } from './routes/incidents';
import { instanceRoutes } from './routes/instances';
import { messageRoutes, signalRoutes } from './routes/messages';
import { copyRoutes, noteRoutes } from './routes/notes';
import { notificationRoutes } from './routes/notifications';
import { recordingRoutes } from './routes/recordings';
import { registerRoutes } from './routes/registers';
import { rehearsalRoutes } from './routes/rehearsals';
import { reportRoutes } from './routes/reports';
import { scheduleRoutes } from './routes/schedules';
import { meRoutes, sessionRoutes } from './routes/sessions';
import { steeringRoutes } from './routes/steering';
import { substitutionRoutes } from './routes/substitutions';
import { taskOperationRoutes } from './routes/task-operations';
import { taskRoutes } from './routes/tasks';
import { createSessions } from './sessions';

export type { Parts } from './parts';

/**
 * The API. The order is the rule: who asks is known before the body is read, the contract is checked before a route runs, and every error
 * leaves as a problem document.
 */
export function createApp(parts: Parts): Express {
  const app = express();
  const contract = readContract();
  const sessions = createSessions(parts);
  const cursors = createCursors(parts.db);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (parts.settings.trustProxy !== undefined) app.set('trust proxy', parts.settings.trustProxy);

  app.use(requestContext);
  app.use(logging(parts));
  app.use(helmet());
  app.get('/v1/openapi.json', (_req, res) => void res.json(contract));
  app.use('/v1', (req, res, next) => (req.path === '/sessions' ? next() : sessions.authenticate(req, res, next)));
  app.use('/v1/demo', (_req, _res, next) => {
    if (parts.rehearsal === undefined) throw new ApiError('not-found');
    next();
  });
  app.use('/v1/deployments', uploadBody());
  app.post('/v1/registers/:registerId/imports', ...sheetBody());
  app.post('/v1/documents', ...documentBody());
  app.use(jsonBody());
  app.use(contractCheck(contract, parts.settings.validateResponses ?? false));

  app.use(healthRoutes(parts));
  app.use('/v1/sessions', sessionRoutes(sessions));
  app.use('/v1/me', meRoutes());
  app.use('/v1/process-definitions', definitionRoutes(parts));
  app.use('/v1/deployments', deploymentRoutes(parts, cursors));
  app.use('/v1/process-instances', instanceRoutes(parts, cursors));
  app.use('/v1/process-instances', steeringRoutes(parts));
  app.use('/v1/process-instances', recordingRoutes(parts));
  if (parts.rehearsal !== undefined) app.use('/v1/demo', rehearsalRoutes(parts, parts.rehearsal));
  app.use('/v1/user-tasks', taskRoutes(parts, cursors));
  app.use('/v1/user-tasks', taskOperationRoutes(parts));
  app.use('/v1/user-tasks', noteRoutes(parts));
  app.use('/v1/copies', copyRoutes(parts, cursors));
  app.use('/v1/notifications', notificationRoutes(parts, cursors));
  app.use('/v1/schedules', scheduleRoutes(parts));
  app.use('/v1/substitutions', substitutionRoutes(parts));
  app.use('/v1/registers', registerRoutes(parts, cursors));
  app.use('/v1/documents', documentRoutes(parts));
  app.use('/v1/reports', reportRoutes(parts, cursors));
  app.use('/v1/signals', signalRoutes(parts));
  app.use('/v1/messages', messageRoutes(parts));
  app.use('/v1/conditions', conditionRoutes(parts));
  app.use('/v1/incidents', incidentRoutes(parts));
  app.use(() => {
    throw new ApiError('not-found');
  });
  app.use(errorAnswer(parts));
  return app;
}

/** One line a request, without headers and bodies: tokens and customers' data stay out of the log. */
function logging({ logger }: Parts) {
  return pinoHttp({
    logger,
    genReqId: (req) => req.id,
    serializers: {
      req: (req: { id: unknown; method: string; url: string }) => ({ id: req.id, method: req.method, path: req.url.split('?', 1)[0] }),
      res: (res: { statusCode: number }) => ({ status: res.statusCode }),
    },
    customLogLevel: (_req, res, error) => (error !== undefined || res.statusCode >= 500 ? 'warn' : 'debug'),
  });
}

function errorAnswer({ logger }: Parts): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const problem = errorOf(error);
    const context = problemContext(req, res);
    if (problem.code === 'internal-error') logger.error({ err: error, traceId: context.traceId }, 'a request failed');
    res
      .status(problem.httpStatus)
      .set({ 'Content-Language': contextOf(res).locale, ...problem.extras.headers })
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problemOf(problem, context)));
  };
}

function errorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { type } = error as { type?: string };
  if (type === 'entity.too.large') {
    const { limit } = error as { limit?: number };
    return new ApiError('body-too-large', { params: { limit: limit === undefined ? BODY_LIMIT : `${limit} bytes` } });
  }
  if (type === 'entity.parse.failed') return new ApiError('invalid-json');
  if (type?.startsWith('encoding.') || type?.startsWith('charset.')) return new ApiError('media-type-unsupported');
  if (error instanceof URIError) return new ApiError('not-found');
  const contract = problemOfContract(error as Parameters<typeof problemOfContract>[0]);
  if (contract !== undefined) return contract;
  return error instanceof CaseUnavailableError || isAway(error)
    ? new ApiError('unavailable', { headers: { 'Retry-After': '2' } })
    : new ApiError('internal-error');
}
