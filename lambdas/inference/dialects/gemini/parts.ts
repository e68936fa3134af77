import * as z from 'zod';
import { anyJson } from '../../turn/any-json.ts';
import { plainData, plainMediaType } from '../../turn/media-types.ts';
import type { DocumentBlock, ImageBlock, TextBlock } from '../../turn/turn.ts';
import { placedFile, type PartPlace } from '../dialect.ts';
import { fieldRefused } from '../refuse-field.ts';
import { refusedField } from '../refused-field.ts';

const OWN_TOOL = 'is of a tool that its own provider runs, which this model has not';
const object = z.record(z.string(), anyJson);

const inlineData = z.strictObject({
  mimeType: z.string(),
  data: z.string(),
  displayName: z.string().nullish(),
});
const fileData = z.strictObject({
  fileUri: z.string(),
  mimeType: z.string().nullish(),
  displayName: z.string().nullish(),
});
const mediaPart = z.strictObject({
  inlineData: inlineData.nullish(),
  fileData: fileData.nullish(),
  mediaResolution: anyJson.nullish(),
});

/** https://ai.google.dev/api/caching#Part, as a model of another family can be given it. */
export const part = z.strictObject({
  text: z.string().nullish(),
  inlineData: inlineData.nullish(),
  fileData: fileData.nullish(),
  functionCall: z
    .strictObject({
      id: z.string().nullish(),
      name: z.string().min(1),
      args: object.nullish(),
      partialArgs: refusedField('calls come whole'),
      willContinue: z.literal(false, { error: 'calls come whole' }).nullish(),
    })
    .nullish(),
  functionResponse: z
    .strictObject({
      id: z.string().nullish(),
      name: z.string().min(1),
      response: object.nullish(),
      parts: z.array(mediaPart).nullish(),
      scheduling: z
        .enum(['SCHEDULING_UNSPECIFIED'], { error: 'this model waits for its results' })
        .nullish(),
      willContinue: z.literal(false, { error: 'this model waits for its results' }).nullish(),
    })
    .nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  mediaResolution: anyJson.nullish(),
  /** Of the client's own. */
  partMetadata: anyJson.nullish(),
  videoMetadata: refusedField('this model watches no videos'),
  executableCode: refusedField(OWN_TOOL),
  codeExecutionResult: refusedField(OWN_TOOL),
  toolCall: refusedField(OWN_TOOL),
  toolResponse: refusedField(OWN_TOOL),
  audioTranscription: refusedField('this model hears nothing'),
});
export type Part = z.infer<typeof part>;
type Media = Pick<z.infer<typeof mediaPart>, 'inlineData' | 'fileData' | 'mediaResolution'>;

/** A picture, a document or a text. Throws AppError (400) for what no other model is given. */
export const mediaBlock = (
  { inlineData: inline, fileData: file, mediaResolution }: Media,
  place: PartPlace,
): TextBlock | ImageBlock | DocumentBlock => {
  const { path, note } = place;
  if (mediaResolution != null) note('contents.parts.mediaResolution');
  if (inline != null) {
    const at = `${path}.inlineData`;
    return placedFile(place, at, inlineBlock(inline, at));
  }
  if (file != null) {
    const at = `${path}.fileData`;
    return placedFile(place, at, fileBlock(file, at));
  }
  throw fieldRefused(path, 'has nothing in it that this model is given');
};

const titled = (name: string | null | undefined) =>
  name == null || name === '' ? {} : { title: name };

const inlineBlock = (
  { mimeType, data: told, displayName }: z.infer<typeof inlineData>,
  path: string,
): ImageBlock | DocumentBlock => {
  const { data, mediaType: media_type } = plainData(told, mimeType);
  if (media_type.startsWith('image/'))
    return { type: 'image', source: { type: 'base64', media_type, data } };
  if (media_type === 'application/pdf' || media_type.startsWith('audio/'))
    return {
      type: 'document',
      source: { type: 'base64', media_type, data },
      ...titled(displayName),
    };
  if (media_type.startsWith('text/') || media_type === 'application/json')
    return {
      type: 'document',
      source: {
        type: 'text',
        media_type: 'text/plain',
        data: Buffer.from(data, 'base64').toString('utf8'),
      },
      ...titled(displayName),
    };
  throw fieldRefused(
    `${path}.mimeType`,
    'this model is given images, PDFs, sounds and texts alone',
  );
};

/** Files of Google's are read by Google alone. */
const STORED = /^gs:|^https?:\/\/[\w.-]*googleapis\.com\//i;

const fileBlock = (
  { fileUri: url, mimeType, displayName }: z.infer<typeof fileData>,
  path: string,
): ImageBlock | DocumentBlock => {
  if (STORED.test(url) || !/^https?:\/\//i.test(url))
    throw fieldRefused(
      `${path}.fileUri`,
      'files that are stored at a provider are read by that provider alone',
    );
  const type = plainMediaType(mimeType ?? '');
  if (type.startsWith('image/')) return { type: 'image', source: { type: 'url', url } };
  if (type === 'application/pdf')
    return { type: 'document', source: { type: 'url', url }, ...titled(displayName) };
  throw fieldRefused(`${path}.mimeType`, 'of an address this model is given images and PDFs alone');
};
