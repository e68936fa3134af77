import type { Ticket } from '../../tickets/ticket.ts';

/** A ticket as a webhook says it: names as everywhere on this API's wire. */
export const webhookTicket = (ticket: Ticket): Readonly<Record<string, unknown>> => ({
  incident_id: ticket.incidentId,
  generation: ticket.generation,
  revision: ticket.revision,
  state: ticket.state,
  severity: ticket.band,
  title: ticket.title,
  why: ticket.why,
  environment: ticket.environment,
  first_seen_at: ticket.firstSeenMs,
  last_seen_at: ticket.lastSeenMs,
  resolved_at: ticket.resolvedMs,
  acknowledged_by: ticket.acknowledgedBy,
  affected: ticket.affected,
  chain: ticket.chain,
  evidence: ticket.evidence.map(({ recordId, atMs, service, text, url }) => ({
    record_id: recordId,
    time: atMs,
    service,
    text,
    url,
  })),
  cause:
    ticket.cause === null
      ? null
      : {
          source: ticket.cause.suspect.source,
          because: ticket.cause.suspect.because,
          confidence: ticket.cause.confidence,
        },
  gaps: ticket.gaps,
  timeline: ticket.timeline.map(({ atMs, source, what }) => ({ time: atMs, source, what })),
  suggested_fix: ticket.suggestedFix,
  diagnosis: diagnosisView(ticket.diagnosis),
  runbook: ticket.runbook,
  remediations: ticket.remediations.map(({ id, title, state, target, sent, planHash, result }) => ({
    id,
    title,
    state,
    target,
    sent,
    plan_hash: planHash,
    result,
  })),
  runbook_url: ticket.runbookUrl,
  console_url: ticket.consoleUrl,
});

const diagnosisView = (diagnosis: Ticket['diagnosis']): object | null =>
  diagnosis === null
    ? null
    : {
        model: diagnosis.model,
        confidence: diagnosis.confidence,
        summary: diagnosis.summary,
        root_cause: diagnosis.rootCause,
        blast_radius: diagnosis.blastRadius,
        fix_steps: diagnosis.fixSteps,
      };
