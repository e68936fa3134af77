export { issueWords } from '../http/issue-words.ts';
export { refusalWords } from '../http/refusal-words.ts';
export {
  featureNotPricedWords,
  modelNotAllowedWords,
  modelNotCountedWords,
  modelNotFoundWords,
  modelNotPricedWords,
  notConfiguredWords,
} from '../inference/models/refusals.ts';
export { moneyRefusal } from '../ledger/domain/money-refusal.ts';
