import type {
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceUpdateEvent,
  Context,
} from 'aws-lambda';
import type { Delivery } from '../event/delivery';
import { isDefinite } from '../event/failure';
import { handle } from '../event/handle';
import type { Outcome } from '../event/response';
import { Guard } from '../guard/guard';
import { isRollingBack } from '../guard/origin';
import type { Calls, Item, Items } from './items';
import { unknownId } from './physical-id';

type Event = CloudFormationCustomResourceEvent;

/** An event, and what it is carried out with. */
export interface Work<I> {
  readonly event: Event;
  readonly delivery: Delivery;
  readonly items: I;
  readonly guard: Guard;
  /** Lets the Delete of a failed Create look for what it may have made. Otherwise, that Delete does nothing. */
  uncertain(): void;
}

/** A function that makes images or bundles. */
export interface Maker<I> {
  readonly Items: new (delivery: Delivery, calls: Calls) => I;
  /** @throws Failure */
  carryOut(work: Work<I>): Promise<Outcome>;
  /** The outcome of an Update that cannot be carried out while the stack rolls back. */
  unchanged(event: CloudFormationCustomResourceUpdateEvent, reason: string): Outcome;
}

/** Carries out one event, and responds. */
export function handlerOf<I extends Items<Item>>(maker: Maker<I>) {
  return (event: Event, context: Context): Promise<void> =>
    handle(event, context, {
      isRepeated: true,
      carryOut: (sent, delivery) => carryOut(sent, delivery, maker),
    });
}

async function carryOut<I extends Items<Item>>(
  event: Event,
  delivery: Delivery,
  maker: Maker<I>,
): Promise<Outcome> {
  const guard = new Guard(event);
  const uncertain = () => {
    if (delivery.failureId.startsWith('nothing/')) {
      delivery.failureId = unknownId(event.RequestId);
    }
  };
  const items = new maker.Items(delivery, { confirm: () => guard.confirm(), uncertain });
  try {
    const outcome = await maker.carryOut({ event, delivery, items, guard, uncertain });
    return { ...outcome, note: [outcome.note ?? [], guard.notes].flat().join(' ') || undefined };
  } catch (error) {
    const mayPass = event.RequestType === 'Update' && isDefinite(error);
    // A rollback that fails would lock the stack, so no Update of one fails for what it cannot change.
    if (mayPass && (await isRollingBack(guard, items.pause))) {
      return maker.unchanged(event, error.message);
    }
    throw error;
  }
}
