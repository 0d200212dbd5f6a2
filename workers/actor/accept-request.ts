/** One webhook request, from its bytes to its answer. Only what is on disk is answered with 202. */
import { fail, asPylonError } from '../../src/errors.ts';
import type { ErrorCode, PylonError } from '../../src/errors.ts';
import type { RequestAnswer, RequestMessage, SlotAnswer } from '../../src/protocol/messages.ts';
import type { WebhookTrigger } from '../../src/protocol/settings.ts';
import { findEvent } from '../store/find-event.ts';
import { insertJob } from '../store/insert-job.ts';
import { trimRejected } from '../store/prune-jobs.ts';
import type { NewJob } from '../store/records.ts';
import { rememberEvent } from '../store/remember-event.ts';
import { keptHeaders } from '../webhook/kept-headers.ts';
import { readBody } from '../webhook/read-body.ts';
import { verifySignature } from '../webhook/verify.ts';
import type { CommitGroup } from './commit-group.ts';
import type { ActorContext } from './context.ts';
import type { Slots } from './slots.ts';
import { expandedPart } from './variables.ts';

/** How long a delivery's id is remembered. */
const rememberMs = 7 * 86_400_000;
/** A delivery of a job that ended so may be sent again. */
const repeatable = new Set(['failed', 'timeout', 'killed', 'rejected']);
const retryAfterSeconds = 30;
/** How many refused events a pylon's history shows. */
const keptRejected = 1_000;

/** What a sender may read. Other errors name files and variables of this machine. */
const forSenders = new Set<ErrorCode>(['PYLON_NOT_FOUND', 'PYLON_BAD_SIGNATURE', 'PYLON_NOT_JSON', 'PYLON_NOT_STORED']);

export interface Arrivals {
  readonly context: ActorContext;
  readonly slots: Slots;
  readonly group: CommitGroup;
  /** Called once the job is stored: `granted` says whether it has its slot already. */
  readonly stored: (jobId: string, granted: boolean) => void;
}

/** Never rejects: what goes wrong is an answer. */
export async function acceptRequest(arrivals: Arrivals, request: RequestMessage): Promise<RequestAnswer> {
  try {
    return await accept(arrivals, request);
  } catch (error) {
    arrivals.context.steps.forgive();
    arrivals.slots.release(request.jobId);
    const known = asPylonError(error);
    if (forSenders.has(known.code)) return refusal(known);
    arrivals.context.log.error(`a request could not be taken: ${known.message}`);
    return refusal(fail('PYLON_NOT_STORED', { reason: 'the pylon cannot take events now, and its log says why' }));
  }
}

async function accept(arrivals: Arrivals, request: RequestMessage): Promise<RequestAnswer> {
  const { context, slots } = arrivals;
  const { settings, accepting } = context.inForce();
  if (settings === null || !accepting || settings.trigger.type !== 'webhook') {
    throw fail('PYLON_NOT_FOUND', { path: settings?.trigger.type === 'webhook' ? settings.trigger.path : 'this path' });
  }
  const { trigger } = settings;
  // A payload that ends the worker is to blame for that, and no job.
  const { eventId, payload } = context.steps.during(request.jobId, () => read(context, trigger, request));
  const known = eventId === null ? undefined : knownDelivery(context, eventId);
  if (known !== undefined) return known;
  const slot = await slots.request(request.jobId);
  const job = newJob(context, settings.trigger, request, { eventId, payload, slot });
  if (slot.kind === 'full') return reject(arrivals, job, eventId, slot);
  return store(arrivals, job, slot.kind === 'granted');
}

/** The verified request's body and delivery id. @throws PYLON_BAD_SIGNATURE, PYLON_NOT_JSON */
function read(
  context: ActorContext,
  trigger: WebhookTrigger,
  request: RequestMessage,
): { readonly eventId: string | null; readonly payload: string } {
  const body = new Uint8Array(request.body);
  let eventId: string | null = null;
  if (trigger.secret !== undefined) {
    const verified = verifySignature({
      scheme: trigger.signature ?? 'hmac',
      header: trigger.signature_header,
      secrets: expandedPart(context, trigger.secret),
      headers: request.headers,
      body,
    });
    if (!verified.ok) throw fail('PYLON_BAD_SIGNATURE', { header: verified.header, reason: verified.reason });
    eventId = verified.eventId;
  }
  const read = readBody(body, request.headers);
  if (!read.ok) throw fail('PYLON_NOT_JSON', { reason: read.reason });
  return { eventId, payload: read.text };
}

function knownDelivery(context: ActorContext, eventId: string): RequestAnswer | undefined {
  const found = findEvent(context.store, eventId, context.clock.now() - rememberMs);
  if (found === undefined || repeatable.has(found.status)) return undefined;
  return { status: 200, body: { job_id: found.jobId, status: 'duplicate' } };
}

function newJob(
  context: ActorContext,
  trigger: WebhookTrigger,
  request: RequestMessage,
  { eventId, payload, slot }: { eventId: string | null; payload: string; slot: SlotAnswer },
): NewJob {
  const full = slot.kind === 'full';
  return {
    id: request.jobId,
    pylon: context.name,
    status: full ? 'rejected' : slot.kind === 'granted' ? 'pending' : 'queued',
    trigger: 'webhook',
    createdAt: request.at,
    scheduledAt: null,
    parent: null,
    payload: full ? null : payload,
    headers: full ? {} : keptHeaders(request.headers, trigger.signature_header),
    eventId: full ? null : eventId,
    countsAsQueued: true,
    error: full ? slotsFull(slot).message : null,
  };
}

async function store(arrivals: Arrivals, job: NewJob, granted: boolean): Promise<RequestAnswer> {
  const { context, slots } = arrivals;
  context.steps.enter(job.id, 'store');
  const duplicate = await arrivals.group.add((): RequestAnswer | undefined => {
    // Looked at again: its twin may have been stored since, or may stand earlier in this very transaction.
    const known = job.eventId === null ? undefined : knownDelivery(context, job.eventId);
    if (known !== undefined) return known;
    insertJob(context.store, job);
    if (job.eventId !== null) rememberEvent(context.store, job.eventId, job.id, job.createdAt);
    return undefined;
  });
  if (duplicate !== undefined) {
    slots.release(job.id);
    return duplicate;
  }
  arrivals.stored(job.id, granted);
  return { status: 202, body: { job_id: job.id, status: granted ? 'accepted' : 'queued' } };
}

async function reject(
  arrivals: Arrivals,
  job: NewJob,
  eventId: string | null,
  slot: Extract<SlotAnswer, { kind: 'full' }>,
): Promise<RequestAnswer> {
  const { context } = arrivals;
  const duplicate = await arrivals.group.add((): RequestAnswer | undefined => {
    const known = eventId === null ? undefined : knownDelivery(context, eventId);
    if (known !== undefined) return known;
    insertJob(context.store, job);
    // Here and now: a flood of refused events must not fill the disk until the next tidying.
    trimRejected(context.store, keptRejected);
    return undefined;
  });
  return duplicate ?? refusal(slotsFull(slot));
}

function slotsFull(slot: Extract<SlotAnswer, { kind: 'full' }>): PylonError {
  return fail('PYLON_SLOTS_FULL', { limit: slot.limit, reason: slot.reason });
}

function refusal(error: PylonError): RequestAnswer {
  const body = { error: { code: error.code, message: error.message } };
  if (error.http !== 503) return { status: error.http, body };
  return { status: 503, headers: { 'retry-after': String(retryAfterSeconds) }, body };
}
