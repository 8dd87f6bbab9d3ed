/** No operation that the function calls streams events, so the code for it is not bundled. */
export {};
