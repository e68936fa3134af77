export { messagesDialect } from '../inference/dialects/anthropic-messages/dialect.ts';
export { geminiDialect } from '../inference/dialects/gemini/dialect.ts';
export { chatDialect } from '../inference/dialects/openai-chat/dialect.ts';
export { controlProblem } from '../inference/models/control-problem.ts';
