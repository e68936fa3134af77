export { bedrockConverse } from '../inference/wires/bedrock-converse/wire.ts';
