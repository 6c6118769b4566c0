/** The bundler takes style sheets imported by a module. */
declare module "*.css";
