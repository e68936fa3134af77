export { messagesTurn } from '../inference/wires/anthropic-messages/turn.ts';
export { chatTurn } from '../inference/wires/openai-chat/turn.ts';
