/** The tests of the validation in one file, so that Stryker loads what they need once for each mutant. */
describe('validation', () => void require('../lib/validation.test'));
describe('properties', () => void require('../lambda/properties.test'));
describe('validators', () => void require('../lib/validators.test'));
describe('image logical ID', () => void require('../lib/image-logical-id.test'));
describe('share', () => void require('../lib/workspace-image-share.test'));
