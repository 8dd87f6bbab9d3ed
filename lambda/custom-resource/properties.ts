/** The properties of a resource, as an event contains them. */
export type Properties = Readonly<Record<string, unknown>>;

/** The properties do not declare what the resource is for. */
export class InvalidProperties extends Error {
  public constructor(public readonly problems: readonly string[]) {
    super(problems.join(' '));
  }
}
