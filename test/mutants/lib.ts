/** What is to notice a mutant of the checks that run in synthesis, in one file, as for the handler. */
describe('rules', () => void require('../rules.test'));
describe('properties', () => void require('../lambda/properties.test'));
describe('synthesis checks', () => void require('../synthesis-checks.test'));
describe('logical ids', () => void require('../image-logical-id.test'));
describe('construct', () => void require('../construct.test'));
