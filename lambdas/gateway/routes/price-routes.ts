import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import type { HttpRequest } from '../../http/request.ts';
import type { OwnPriceStore } from '../../inference/ports/stage-prices.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import { FIRST_PROJECT_ID, type KeyState } from '../../ledger/domain/key.ts';
import type { KeyDoor } from '../../ledger/ports.ts';
import { systemClock } from '../../platform/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import { endPriceQuery, ownPriceBody, ownPriceView, readTerms } from '../formats/price-format.ts';
import { endPrice, foundPrice, setPrice, type PriceAsked } from '../usecases/manage-prices.ts';

export interface PriceRoutesDeps {
  readonly keys: KeyDoor;
  readonly ownPrices: OwnPriceStore;
}

/** What the stage's operator pays for models, where the list does not know it. */
export const priceRoutes = ({
  keys,
  ownPrices,
}: PriceRoutesDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/prices/own': async (request) => {
    operator(await authenticateReader(keys, request));
    const { prices } = await ownPrices.read();
    const nowMs = systemClock.nowMs();
    return {
      status: 200,
      body: listBody(
        prices.map((price) => ownPriceView(price, nowMs)),
        null,
      ),
    };
  },
  'GET /v1/prices/own/{model_name+}': async (request) => {
    operator(await authenticateReader(keys, request));
    const { prices } = await ownPrices.read();
    const price = foundPrice(prices, modelOf(request));
    return { status: 200, body: ownPriceView(price, systemClock.nowMs()) };
  },
  'PUT /v1/prices/own/{model_name+}': async (request) => {
    const { keyId } = operator(await authenticateAdmin(keys, request));
    const body = checked(ownPriceBody, jsonBody(request));
    const asked = askedOf(request, keyId, body.from_ms);
    const price = await setPrice(ownPrices, asked, readTerms(body));
    return { status: 200, body: ownPriceView(price, asked.nowMs) };
  },
  'DELETE /v1/prices/own/{model_name+}': async (request) => {
    const { keyId } = operator(await authenticateAdmin(keys, request));
    const { from_ms } = checked(endPriceQuery, request.query);
    const asked = askedOf(request, keyId, from_ms);
    const price = await endPrice(ownPrices, asked);
    return { status: 200, body: ownPriceView(price, asked.nowMs) };
  },
});

/** Throws AppError 404 for a key of another project: what providers are paid is none of its business. */
const operator = (key: KeyState): KeyState => {
  if (key.projectId === FIRST_PROJECT_ID) return key;
  throw new AppError({
    code: 'not_found',
    publicMessage: 'Prices of the stage belong to the project of its first admin key.',
  });
};

const modelOf = (request: HttpRequest): string => request.params['model_name'] ?? '';

const askedOf = (request: HttpRequest, byKeyId: string, fromMs?: number): PriceAsked => ({
  byKeyId,
  model: modelOf(request),
  fromMs: fromMs ?? null,
  nowMs: systemClock.nowMs(),
});
