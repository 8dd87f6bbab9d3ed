/** The tests of the handler in one file, so that Stryker loads what they need once for each mutant. */
describe('awaiting', () => void require('../lambda/awaiting.test'));
describe('carry-out', () => void require('../lambda/carry-out.test'));
describe('failure-reason', () => void require('../lambda/failure-reason.test'));
describe('image-permissions', () => void require('../lambda/image-permissions.test'));
describe('index', () => void require('../lambda/index.test'));
describe('physical-id', () => void require('../lambda/physical-id.test'));
describe('plan', () => void require('../lambda/plan.test'));
describe('properties', () => void require('../lambda/properties.test'));
describe('reconciliation', () => void require('../lambda/reconciliation.test'));
describe('response', () => void require('../lambda/response.test'));
describe('service-errors', () => void require('../lambda/service-errors.test'));
describe('stack-events', () => void require('../lambda/stack-events.test'));
describe('undo', () => void require('../lambda/undo.test'));
describe('verdict', () => void require('../lambda/verdict.test'));
