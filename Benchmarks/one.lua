-- One request over and over: METHOD of a PATH with the sandbox's key.
wrk.headers["X-RapidAPI-Key"] = "sandbox"
