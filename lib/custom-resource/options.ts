import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The names of all options of an interface, which the compiler keeps complete. */
export type Names<Options> = Record<keyof Required<Options>, true>;

/**
 * Warns about options that do not exist and resemble one that does, which JavaScript callers can pass. Others may be those
 * of a subclass.
 */
export function warnAboutMisspelled(
  construct: IConstruct,
  options: object,
  names: Record<string, true>,
): void {
  for (const option of unknownOptions(options, names)) {
    const meant = resembling(option, names);
    if (meant) {
      Annotations.of(construct).addWarningV2(
        'cdk-workspace-image-share:misspelledOption',
        `The option ${option} does not exist and is ignored. Use ${meant}, or remove it.`,
      );
    }
  }
}

/** The options that are specified, but do not exist. */
export function unknownOptions(options: object, names: Record<string, true>): string[] {
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && !Object.hasOwn(names, name))
    .map(([name]) => name);
}

/** An option with the same letters, or one that contains all of the given name, as `accountId` contains `account`. */
export function resembling(option: string, names: Record<string, true>): string | undefined {
  const given = option.toLowerCase();
  return Object.keys(names).find((name) => {
    const other = name.toLowerCase();
    return sorted(given) === sorted(other) || (given.length > 4 && other.includes(given.replace(/s$/, '')));
  });
}

function sorted(text: string): string {
  return [...text].sort().join('');
}
