/**
 * The tests of the construct in one file, so that Stryker loads what they need once for each mutant. The fastest come
 * first, because the first failure ends the run of a mutant.
 */
describe('validation', () => void require('../lib/workspaces/validation.test'));
describe('properties', () => void require('../lambda/share/request.test'));
describe('account list', () => void require('../lib/share/account-list.test'));
describe('image logical ID', () => void require('../lib/share/image-logical-id.test'));
describe('function policy', () => void require('../lib/custom-resource/function-policy.test'));
describe('image origins', () => void require('../lib/references/image-origin.test'));
describe('image users', () => void require('../lib/references/image-users.test'));
describe('share', () => void require('../lib/share/workspace-image-share.test'));
describe('copy', () => void require('../lib/copy/workspace-image-copy.test'));
describe('source', () => void require('../lib/copy/workspace-image-source.test'));
describe('copy provider', () => void require('../lib/copy/workspace-image-copy-provider.test'));
describe('synthesis checks of a copy', () => void require('../lib/copy/synthesis-checks.test'));
describe('labels', () => void require('../lib/custom-resource/labels.test'));
describe('bundle', () => void require('../lib/bundle/workspace-bundle.test'));
describe('bundle provider', () => void require('../lib/bundle/workspace-bundle-provider.test'));
describe('synthesis checks of a bundle', () => void require('../lib/bundle/synthesis-checks.test'));
describe('share provider', () => void require('../lib/share/workspace-image-share-provider.test'));
describe('event rules', () => void require('../lib/custom-resource/event-rules.test'));
describe('provider', () => void require('../lib/custom-resource/workspace-provider.test'));
describe('synthesis checks', () => void require('../lib/share/synthesis-checks.test'));
describe('acknowledged rules', () => void require('../lib/custom-resource/acknowledged-rules.test'));
describe('installations of the package', () => void require('../lib/custom-resource/installation.test'));
