const EXAMPLES = ['111122223333', '444455556666', '777788889999', '222233334444', '555566667777'];

/** Invents accounts that an app does not have. */
export class Accounts {
  private readonly used: Set<string>;
  private readonly byOrigin = new Map<string, string>();

  constructor(app: string) {
    this.used = new Set(app.match(/\b\d{12}\b/g));
  }

  next(taken: readonly string[]): string {
    for (let n = 0; ; n++) {
      const account = EXAMPLES[n] ?? String(600_000_000_000 + n);
      if (!this.used.has(account) && !taken.includes(account)) {
        this.used.add(account);
        return account;
      }
    }
  }

  /** The account of something unknown, which is never the own one. */
  of(origin: string, own: string): string {
    const account = this.byOrigin.get(origin) ?? this.next([own]);
    this.byOrigin.set(origin, account);
    return account;
  }
}
