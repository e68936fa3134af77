import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { modelRoutes, readerOf } from './routes/model-routes.ts';
import { wireModels } from './wire-models.ts';

const { env, models } = wireModels();

export const handler = httpEntry(
  httpDoor(
    env.CORS_ORIGINS,
    readerOf,
    byRoute(modelRoutes(models), ['POST /v1/models/{id+}', 'POST /v1beta/models/{id+}']),
  ),
);
