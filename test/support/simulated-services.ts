import { CloudFormation, type CloudFormationOptions } from '../../simulator/cloudformation';
import { CloudFormationEndpoint } from '../../simulator/cloudformation-endpoint';
import { ResponseServer, type ResponseServerOptions } from '../../simulator/response-server';
import { WorkspacesEndpoint, type WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import { type Code, WarmFunctions } from '../model/warm-functions';
import { VirtualClock } from './virtual-clock';

export interface ServicesOptions {
  readonly workspaces: WorkspacesEndpointOptions;
  readonly cloudFormation?: Partial<CloudFormationOptions>;
  readonly responses?: ResponseServerOptions;
  /** @default - the handler that `npm run build` bundles */
  readonly code?: Code;
}

export type SimulatedServices = Awaited<ReturnType<typeof startServices>>;

/** Starts CloudFormation, Lambda and the WorkSpaces API in virtual time. */
export async function startServices(options: ServicesOptions) {
  const clock = new VirtualClock();
  const workspaces = await WorkspacesEndpoint.start({ ...options.workspaces, clock: clock.serverSide });
  const stackEvents = await CloudFormationEndpoint.start({
    clock: clock.serverSide,
    events: (stack) => cloudFormation.eventsOf(stack),
  });
  const responses = await ResponseServer.start(options.responses);
  const functions = new WarmFunctions(clock, workspaces.url, options.code, stackEvents.url);
  const cloudFormation = new CloudFormation({ clock, functions, responses, ...options.cloudFormation });
  const close = async () => {
    await Promise.all([workspaces, stackEvents, responses].map((server) => server.close()));
  };
  return { clock, workspaces, functions, cloudFormation, close };
}
