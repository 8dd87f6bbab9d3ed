/** An image with the accounts that it is shared with, and their history. */
export class Image {
  readonly granted = new Set<string>();
  readonly #history: { readonly at: number; readonly accountId: string; readonly allow: boolean }[] = [];
  /** How many of the changes the last read has shown. */
  #shown = 0;

  constructor(
    sharedWith: readonly string[] = [],
    /** When the image was created. */
    private readonly created = 0,
  ) {
    for (const account of sharedWith) {
      this.change(account, true, Number.NEGATIVE_INFINITY);
    }
  }

  change(accountId: string, allow: boolean, at: number): void {
    if (this.granted.has(accountId) === allow) {
      return;
    }
    if (allow) {
      this.granted.add(accountId);
    } else {
      this.granted.delete(accountId);
    }
    this.#history.push({ at, accountId, allow });
  }

  /** The image in a response to DescribeWorkspaceImages. */
  described(imageId: string, ownerAccount: string): object {
    return {
      ImageId: imageId,
      Name: imageId,
      Description: 'A simulated image',
      OperatingSystem: { Type: 'WINDOWS' },
      State: 'AVAILABLE',
      RequiredTenancy: 'DEFAULT',
      Created: this.created / 1000,
      OwnerAccountId: ownerAccount,
    };
  }

  /**
   * Lists the accounts that a read at this time shows, each with the number of its grant, in that order. Unless `backwards`,
   * a read never shows an older state than the one before it.
   */
  listed(until: number, backwards: boolean): Map<string, number> {
    let changes = this.#history.length;
    while (changes > 0 && this.#history[changes - 1].at > until) {
      changes--;
    }
    this.#shown = backwards ? changes : Math.max(changes, this.#shown);
    const grants = new Map<string, number>();
    for (const [index, { accountId, allow }] of this.#history.slice(0, this.#shown).entries()) {
      if (allow) {
        grants.set(accountId, index + 1);
      } else {
        grants.delete(accountId);
      }
    }
    return grants;
  }
}
