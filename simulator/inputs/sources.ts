import type { AssembledStack, Assembly } from '../assembly';
import {
  attributePath,
  intrinsicOf,
  isListParameter,
  type Json,
  type JsonObject,
  type ParameterDeclaration,
} from '../template';

/** The origins of a value, followed through the outputs of stacks. */
export interface Sources {
  readonly parameters: ParameterSource[];
  readonly resources: ResourceSource[];
}

interface ParameterSource {
  readonly stack: AssembledStack;
  readonly name: string;
  /** Whether the template splits the value with Fn::Split. */
  readonly split: boolean;
}

export interface ResourceSource {
  readonly stack: AssembledStack;
  readonly logicalId: string;
  /** Absent for a Ref. */
  readonly attribute?: string;
}

export function sourcesOf(
  value: Json | undefined,
  stack: AssembledStack,
  assembly: Pick<Assembly, 'stacks'>,
): Sources {
  const sources: Sources = { parameters: [], resources: [] };
  collect(value, stack, false);
  return sources;

  function collect(part: Json | undefined, current: AssembledStack, split: boolean): void {
    if (typeof part !== 'object' || part === null) {
      return;
    }
    const [name, argument] = intrinsicOf(part) ?? [];
    if (name === 'Ref' && current.template.Parameters?.[String(argument)]) {
      sources.parameters.push({ stack: current, name: String(argument), split });
    } else if (name === 'Ref' && current.template.Resources?.[String(argument)]) {
      sources.resources.push({ stack: current, logicalId: String(argument) });
    } else if (name === 'Fn::GetAtt') {
      const [logicalId, attribute] = attributePath(argument as Json);
      sources.resources.push({ stack: current, logicalId, attribute: String(attribute) });
    } else if (name === 'Fn::ImportValue') {
      const exporting = exportOf(argument as Json, assembly);
      collect(exporting?.value, exporting?.stack ?? current, split);
    } else if (name === 'Fn::GetStackOutput') {
      const { StackName, OutputName } = argument as JsonObject;
      const publishing = assembly.stacks.find((each) => each.name === StackName);
      collect(publishing?.template.Outputs?.[String(OutputName)]?.Value, publishing ?? current, split);
    } else {
      for (const entry of Object.values(part)) {
        collect(entry, current, split || name === 'Fn::Split');
      }
    }
  }
}

function exportOf(
  name: Json,
  assembly: Pick<Assembly, 'stacks'>,
): { value: Json; stack: AssembledStack } | undefined {
  for (const stack of assembly.stacks) {
    for (const { Export, Value } of Object.values(stack.template.Outputs ?? {})) {
      if (Export && JSON.stringify(Export.Name) === JSON.stringify(name)) {
        return { value: Value, stack };
      }
    }
  }
  return undefined;
}

/** Generated values for parameters. */
export interface GeneratedValues {
  image(): string;
  readonly accounts: readonly string[];
}

/** The values of a stack's parameters. Those without a value and a default are generated in a form that shares accept. */
export function parametersFor(
  stack: AssembledStack,
  given: Readonly<Record<string, string>>,
  images: readonly Sources[],
  accounts: readonly Sources[],
  generated: GeneratedValues,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, declared] of Object.entries(stack.template.Parameters ?? {})) {
    const sourceIn = (sources: readonly Sources[]) =>
      sources
        .flatMap(({ parameters }) => parameters)
        .find((source) => source.stack === stack && source.name === name);
    // The default of an SSM parameter is its name. Its value is not in the cloud assembly.
    const fromSsm = declared.Type.startsWith('AWS::SSM::');
    const image = sourceIn(images);
    const account = sourceIn(accounts);
    if (given[name] !== undefined) {
      values[name] = given[name];
    } else if (declared.Default !== undefined && !(fromSsm && (image || account))) {
      values[name] = String(declared.Default);
    } else if (image) {
      values[name] = generated.image();
    } else if (account) {
      values[name] =
        account.split || isListParameter(declared) ? generated.accounts.join(',') : generated.accounts[0];
    } else {
      values[name] = placeholder(declared);
    }
  }
  return values;
}

function placeholder({ Type, AllowedValues, MinValue }: ParameterDeclaration): string {
  return String(AllowedValues?.[0] ?? (/Number/.test(Type) ? (MinValue ?? 1) : 'simulation'));
}
