import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { priceIn } from '../../inference/models/own-prices.ts';
import type { StagePrices } from '../../inference/ports/stage-prices.ts';
import { routeModel } from '../../inference/models/route-model.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { systemClock } from '../../platform/clock.ts';
import { advice } from '../../shared/advice.ts';
import { AppError } from '../../shared/app-error.ts';
import type { DiagnosisSettings } from '../diagnose/plan-diagnosis.ts';
import { diagnosisSettingsView } from '../formats/diagnosis-format.ts';
import { patchDiagnosisBody } from '../formats/diagnosis-schemas.ts';
import type { DiagnosisSettingsBook } from '../ports/diagnoses.ts';
import { diagnosisKeyId } from '../usecases/diagnosis-key.ts';

export interface DiagnosisRouteDeps {
  readonly keys: KeyRegister;
  readonly diagnoses: DiagnosisSettingsBook;
  readonly stagePrices: StagePrices;
}

const NANO_USD = 1e9;

/** Which model is asked about incidents, about which, and what that may cost. */
export const diagnosisRoutes = (deps: DiagnosisRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/diagnosis': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const settings = await deps.diagnoses.get(projectId);
    return { status: 200, body: await viewOf(deps, projectId, settings) };
  },
  'PATCH /v1/diagnosis': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const body = checked(patchDiagnosisBody, jsonBody(request));
    const before = await deps.diagnoses.get(projectId);
    const settings: DiagnosisSettings = {
      model: body.model === undefined ? before.model : body.model,
      bandMin: body.min_severity ?? before.bandMin,
      capNanoUsd:
        body.max_spend_usd_per_day === undefined
          ? before.capNanoUsd
          : nanoUsd(body.max_spend_usd_per_day),
      keyNumber: await keyNumberOf(deps, projectId, before),
    };
    await refuseUnknown(deps, settings);
    await deps.diagnoses.put(projectId, settings);
    return { status: 200, body: await viewOf(deps, projectId, settings) };
  },
});

const nanoUsd = (usd: number | null): number | null =>
  usd === null ? null : Math.round(usd * NANO_USD);

/** A name that nobody knows, or that has no price where a cap is to hold it, would be found out by the first incident. */
const refuseUnknown = async (
  { stagePrices }: DiagnosisRouteDeps,
  { model, capNanoUsd }: DiagnosisSettings,
): Promise<void> => {
  if (model === null) return;
  const route = routeModel(model);
  if (route === null) throw wrongModel(advice().modelNotFoundWords(model));
  const isPriced = priceIn(await stagePrices.book(), route, systemClock.nowMs()) !== null;
  if (!isPriced && capNanoUsd !== null)
    throw wrongModel(
      `${advice().modelNotPricedWords(model)} Set max_spend_usd_per_day to null for a model on machines of your own.`,
    );
};

const wrongModel = (words: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `model: ${words}`,
    facts: { param: 'model' },
  });

/** A key that somebody revoked is followed by another as soon as somebody sets something here. */
const keyNumberOf = async (
  { keys }: DiagnosisRouteDeps,
  projectId: string,
  { keyNumber }: DiagnosisSettings,
): Promise<number> => {
  const record = await keys.get(projectId, diagnosisKeyId(projectId, keyNumber));
  return record?.state.status === 'revoked' ? keyNumber + 1 : keyNumber;
};

const viewOf = async (
  { keys }: DiagnosisRouteDeps,
  projectId: string,
  settings: DiagnosisSettings,
): Promise<object> => {
  const keyId = diagnosisKeyId(projectId, settings.keyNumber);
  const record = await keys.get(projectId, keyId);
  return diagnosisSettingsView(settings, record === null ? null : keyId);
};
