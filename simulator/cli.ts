import { main } from './main';

/** Replaced by the build. */
declare const PACKAGE_VERSION: string;

main(process.argv.slice(2), process, PACKAGE_VERSION).then((code) => {
  process.exitCode = code;
});
