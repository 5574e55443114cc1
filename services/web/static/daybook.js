// What runs on every page.
import * as account from "./account.js";
import * as acts from "./acts.js";
import * as compliance from "./compliance.js";
import * as forms from "./forms.js";
import * as imports from "./imports.js";
import * as live from "./live.js";
import * as operations from "./operations.js";
import * as patients from "./patients.js";
import * as signIn from "./sign_in.js";
import * as today from "./today.js";

acts.listen();
compliance.listen();
forms.listen();
patients.listen();
signIn.listen();
account.listen();
operations.listen();
imports.listen();
today.listen();
live.follow();
