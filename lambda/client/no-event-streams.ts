export {};

throw new Error('The WorkSpaces API has no event streams, so the function has no code for them.');
