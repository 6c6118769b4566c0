/** A catalogue of locales/, made a module by the build. */
declare module "catalogue:*" {
  const loaded: { form: (n: number) => number; texts: Readonly<Record<string, string | readonly string[]>> };
  export default loaded;
}
