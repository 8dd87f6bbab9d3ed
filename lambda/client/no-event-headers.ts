/** The headers of streamed events, which WorkSpaces has none of. */
export class HeaderFormatter {}
