import type { AssembledStack, Assembly } from '../assembly';
import {
  attributePath,
  intrinsicOf,
  isListParameter,
  type Json,
  type ParameterDeclaration,
} from '../template';

/** Where a value comes from in the end, through outputs and imports. */
export interface Sources {
  readonly parameters: ParameterSource[];
  readonly resources: ResourceSource[];
}

interface ParameterSource {
  readonly stack: AssembledStack;
  readonly name: string;
  /** It is taken apart with Fn::Split. */
  readonly split: boolean;
}

export interface ResourceSource {
  readonly stack: AssembledStack;
  readonly logicalId: string;
  /** Absent for a Ref. */
  readonly attribute?: string;
}

export function sourcesOf(value: Json | undefined, stack: AssembledStack, assembly: Assembly): Sources {
  const sources: Sources = { parameters: [], resources: [] };
  collect(value, stack, false);
  return sources;

  function collect(part: Json | undefined, where: AssembledStack, split: boolean): void {
    if (typeof part !== 'object' || part === null) {
      return;
    }
    const [name, argument] = intrinsicOf(part) ?? [];
    if (name === 'Ref' && where.template.Parameters?.[String(argument)]) {
      sources.parameters.push({ stack: where, name: String(argument), split });
    } else if (name === 'Ref' && where.template.Resources?.[String(argument)]) {
      sources.resources.push({ stack: where, logicalId: String(argument) });
    } else if (name === 'Fn::GetAtt') {
      const [logicalId, attribute] = attributePath(argument as Json);
      sources.resources.push({ stack: where, logicalId, attribute: String(attribute) });
    } else if (name === 'Fn::ImportValue') {
      const exporting = exportOf(argument as Json, assembly);
      collect(exporting?.value, exporting?.stack ?? where, split);
    } else {
      for (const entry of Object.values(part)) {
        collect(entry, where, split || name === 'Fn::Split');
      }
    }
  }
}

function exportOf(name: Json, assembly: Assembly): { value: Json; stack: AssembledStack } | undefined {
  for (const stack of assembly.stacks) {
    for (const { Export, Value } of Object.values(stack.template.Outputs ?? {})) {
      if (Export && JSON.stringify(Export.Name) === JSON.stringify(name)) {
        return { value: Value, stack };
      }
    }
  }
  return undefined;
}

/** What a parameter can be fed with. */
export interface MadeUp {
  image(): string;
  readonly accounts: readonly string[];
}

/** Values for the parameters of a stack, made up where neither given nor defaulted, such that shares work. */
export function parametersFor(
  stack: AssembledStack,
  given: Readonly<Record<string, string>>,
  images: readonly Sources[],
  accounts: readonly Sources[],
  madeUp: MadeUp,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, declared] of Object.entries(stack.template.Parameters ?? {})) {
    const feeding = (sources: readonly Sources[]) =>
      sources
        .flatMap(({ parameters }) => parameters)
        .find((source) => source.stack === stack && source.name === name);
    // The default of an SSM parameter is a name, and what stands under it is not in the assembly.
    const fromSsm = declared.Type.startsWith('AWS::SSM::');
    const image = feeding(images);
    const account = feeding(accounts);
    if (given[name] !== undefined) {
      values[name] = given[name];
    } else if (declared.Default !== undefined && !(fromSsm && (image || account))) {
      values[name] = String(declared.Default);
    } else if (image) {
      values[name] = madeUp.image();
    } else if (account) {
      values[name] =
        account.split || isListParameter(declared) ? madeUp.accounts.join(',') : madeUp.accounts[0];
    } else {
      values[name] = plausible(declared);
    }
  }
  return values;
}

function plausible({ Type, AllowedValues, MinValue }: ParameterDeclaration): string {
  return String(AllowedValues?.[0] ?? (/Number/.test(Type) ? (MinValue ?? 1) : 'simulation'));
}
