/** What is to notice a mutant of the checks that run in synthesis, in one file, as for the handler. */
describe('rules', () => void require('../lib/validation.test'));
describe('properties', () => void require('../lambda/properties.test'));
describe('synthesis checks', () => void require('../lib/validators.test'));
describe('logical ids', () => void require('../lib/image-logical-id.test'));
describe('construct', () => void require('../lib/workspace-image-share.test'));
