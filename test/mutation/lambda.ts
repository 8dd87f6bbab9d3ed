/** What is to notice a mutant of the handler, in one file: what it needs is loaded once, not for each of them. */
describe('answer', () => void require('../lambda/answer.test'));
describe('properties', () => void require('../lambda/properties.test'));
describe('update', () => void require('../lambda/update.test'));
describe('delete', () => void require('../lambda/delete.test'));
describe('create', () => void require('../lambda/create.test'));
describe('pace', () => void require('../pace.test'));
