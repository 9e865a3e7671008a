export interface IdempotencyKeysTable {
  subject: string;
  route: string;
  key: string;
  body_hmac: string;
  begun_at: number;
  sealed_answer: string | null;
}
