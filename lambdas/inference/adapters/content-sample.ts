import * as z from 'zod';

/** Of either text; what is longer keeps its end, where the newest words are. */
const SAMPLE_CHARS_MAX = 2_000;

/** What a sampled call was asked and what it answered, cut and with secrets masked. */
export interface ContentSample {
  readonly prompt: string;
  readonly answer: string;
}

/** Keys of Sluice, of providers and of AWS, bearer tokens, private keys, passwords in addresses. */
const SECRETS: readonly RegExp[] = [
  /\bslk_(?:live|test)_\w+/g,
  /\b(?:sk|pk|rk|xox[abprs]|gh[opsu]|glpat|whsec)[-_][\w-]{8,}/g,
  /\bAIza[\w-]{30,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bBearer\s+[^\s"\\]+/gi,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
];

/** The text of a call's last message, and of its answer. Images and other bytes are left out. */
export const contentSample = (body: unknown, answer: string): ContentSample => ({
  prompt: safe(lastMessage(body)),
  answer: safe(answer),
});

/** Masked before it is cut: half a secret is still one. */
const safe = (text: string): string =>
  SECRETS.reduce((masked, secret) => masked.replace(secret, '[secret]'), text).slice(
    -SAMPLE_CHARS_MAX,
  );

const part = z.looseObject({ text: z.string().nullish() });
const request = z.looseObject({
  messages: z.array(z.looseObject({ content: z.union([z.string(), z.array(part)]).nullish() })),
});

const lastMessage = (body: unknown): string => {
  const parsed = request.safeParse(body);
  const content = parsed.data?.messages.at(-1)?.content ?? '';
  return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('\n');
};
