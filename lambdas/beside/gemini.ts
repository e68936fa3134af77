export { geminiEmbeddings } from '../inference/wires/gemini/embeddings.ts';
export { gemini } from '../inference/wires/gemini/wire.ts';
