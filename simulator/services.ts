import type { Clock } from './clock';
import { CloudFormation, type CloudFormationOptions, type FunctionRunner } from './cloudformation';
import { CloudFormationEndpoint, type CloudFormationEndpointOptions } from './cloudformation-endpoint';
import { ResponseServer, type ResponseServerOptions } from './response-server';
import { WorkspacesEndpoint, type WorkspacesEndpointOptions } from './workspaces-endpoint';

export interface ServicesOptions<Functions extends FunctionRunner> {
  readonly clock: Clock;
  /** The clock of the HTTP servers. @default - `clock` */
  readonly serverClock?: Clock;
  readonly workspaces?: Omit<WorkspacesEndpointOptions, 'clock'>;
  readonly stackEvents?: Omit<CloudFormationEndpointOptions, 'clock' | 'events'>;
  readonly responses?: Omit<ResponseServerOptions, 'clock'>;
  /** Creates what runs the functions, which call these endpoints. */
  readonly functions: (workspacesUrl: string, cloudFormationUrl: string) => Functions;
  readonly cloudFormation: (
    workspaces: WorkspacesEndpoint,
  ) => Omit<CloudFormationOptions, 'clock' | 'functions' | 'responses'>;
}

export interface Services<Functions extends FunctionRunner> {
  readonly workspaces: WorkspacesEndpoint;
  readonly functions: Functions;
  readonly cloudFormation: CloudFormation;
  close(): Promise<void>;
}

/** Starts CloudFormation, Lambda, and the endpoints that functions call. */
export async function startServices<Functions extends FunctionRunner>(
  options: ServicesOptions<Functions>,
): Promise<Services<Functions>> {
  const { clock, serverClock = clock } = options;
  const workspaces = await WorkspacesEndpoint.start({ ...options.workspaces, clock: serverClock });
  const stackEvents = await CloudFormationEndpoint.start({
    ...options.stackEvents,
    clock: serverClock,
    events: (stack) => cloudFormation.eventsOf(stack),
  });
  const responses = await ResponseServer.start({ ...options.responses, clock: serverClock });
  const functions = options.functions(workspaces.url, stackEvents.url);
  const cloudFormation = new CloudFormation({
    ...options.cloudFormation(workspaces),
    clock,
    functions,
    responses,
  });
  return {
    workspaces,
    functions,
    cloudFormation,
    close: async () => {
      await Promise.all([workspaces, stackEvents, responses].map((server) => server.close()));
    },
  };
}
