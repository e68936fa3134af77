import { isRecord } from '../../../http/body.ts';

type Body = Readonly<Record<string, unknown>>;

/** How our own marks on thoughts begin, in base64: `{"sluice"`. */
const OWN_MARK = 'eyJzbHVpY2Ui';

/**
 * From Gemini 3 on a call that the model did not make itself has this for a signature, or all is refused:
 * https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const UNSIGNED = 'skip_thought_signature_validator';

/**
 * A body without our own marks, which this wire's provider never signed: a conversation that comes from another family's model
 * brings them on its thoughts. The same body where there are none.
 */
export const withoutOwnMarks = (body: Body): Body => {
  const { contents } = body;
  if (!Array.isArray(contents) || !contents.some((one: unknown) => partsOf(one).some(isOwn)))
    return body;
  return { ...body, contents: contents.flatMap(cleanContent) };
};

const partsOf = (content: unknown): readonly unknown[] =>
  isRecord(content) && Array.isArray(content['parts']) ? content['parts'] : [];

const isOwn = (part: unknown): boolean => {
  const signature = isRecord(part) ? part['thoughtSignature'] : null;
  return typeof signature === 'string' && signature.startsWith(OWN_MARK);
};

/** A content that was such a thought alone says nothing. */
const cleanContent = (content: unknown): readonly unknown[] => {
  const parts = partsOf(content);
  if (!isRecord(content) || !parts.some(isOwn)) return [content];
  const kept = parts.flatMap((part) => {
    if (!isRecord(part) || !isOwn(part)) return [part];
    const { thoughtSignature: _ours, ...rest } = part;
    return rest['thought'] === true ? [] : [rest];
  });
  return kept.length === 0 ? [] : [{ ...content, parts: kept }];
};
