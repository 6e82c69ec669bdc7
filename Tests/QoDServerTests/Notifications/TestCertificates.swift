/// Certificates for tests only, valid for a hundred years: an authority, and two servers with
/// certificates of the authority.
enum TestCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBmTCCAT+gAwIBAgIUWfFHyxo558UTtsgbQ6iq2vWNdOEwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIyMjM0MDEzWhgPMjEy
        NjEwMjkyMzQwMTNaMBkxFzAVBgNVBAMMDlRlc3QgQXV0aG9yaXR5MFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEnMa3oBDtqQ23t1RqQC4RodXLfuymsyM876GP2fq0
        g3Eg59YLJeYcMr/mRnG8l/iK7gwjv9TJJCSzLYH+/CJbFqNjMGEwHQYDVR0OBBYE
        FAeUQkPMYuFv8Oe0NuDQnX7FGw0yMB8GA1UdIwQYMBaAFAeUQkPMYuFv8Oe0NuDQ
        nX7FGw0yMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAoGCCqGSM49
        BAMCA0gAMEUCIH6jJYL8GorXqFj1zM5FReX6qKLiNnhD56O/GwtGSxwCAiEAxKx3
        UofJZzdctAcLWm04VrzIinQ3RHlMbU3pxFaZfL8=
        -----END CERTIFICATE-----
        """

    /// For sink.example and 127.0.0.1.
    static let sink = """
        -----BEGIN CERTIFICATE-----
        MIIBoTCCAUigAwIBAgIUazptRvGLBnHgelTWA0C9j7oTO5wwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIyMjM0MDEzWhgPMjEy
        NjEwMjkyMzQwMTNaMA8xDTALBgNVBAMMBHNpbmswWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAT9VZ95zB9hjEv1Gv0w0uyUkjGvu1Gay0E7yFFhJg4tKLO38DEtcHvH
        sBrtkKANRJtRqveiCaVzOdVXD6UbPJjUo3YwdDAdBgNVHREEFjAUggxzaW5rLmV4
        YW1wbGWHBH8AAAEwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHQYDVR0OBBYEFPt+Yzxt
        KFOIXEOs4MN5Qxuhqpw8MB8GA1UdIwQYMBaAFAeUQkPMYuFv8Oe0NuDQnX7FGw0y
        MAoGCCqGSM49BAMCA0cAMEQCIAIKm0EhbkBKZVX/RC5iRnDJdfpfnfWxvJ9E7xge
        sldPAiBPPxFoIgVogYNP1wZZfHZF4kQkZyJLoHXds1JwjnA8Bg==
        -----END CERTIFICATE-----
        """
    static let sinkKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgX/rx95FTm+LRX/FA
        mLa+X7POtt7VFEEdJh/G3dFQc1qhRANCAAT9VZ95zB9hjEv1Gv0w0uyUkjGvu1Ga
        y0E7yFFhJg4tKLO38DEtcHvHsBrtkKANRJtRqveiCaVzOdVXD6UbPJjU
        -----END PRIVATE KEY-----
        """

    /// For other.example.
    static let other = """
        -----BEGIN CERTIFICATE-----
        MIIBnzCCAUSgAwIBAgIUazptRvGLBnHgelTWA0C9j7oTO50wCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIyMjM0MDEzWhgPMjEy
        NjEwMjkyMzQwMTNaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAESdnY2RMGsvzQ4dnJUSxR0fPTftjuqvKKQAcW1lQLEN37cxkQBpeb
        /CwCV+OcmIHZ0z/xKfWyLIPqlUQJK36y9aNxMG8wGAYDVR0RBBEwD4INb3RoZXIu
        ZXhhbXBsZTATBgNVHSUEDDAKBggrBgEFBQcDATAdBgNVHQ4EFgQUilPNIonsh1+G
        d2Q9GuM32Omu5bIwHwYDVR0jBBgwFoAUB5RCQ8xi4W/w57Q24NCdfsUbDTIwCgYI
        KoZIzj0EAwIDSQAwRgIhALegS/m78EaFnLnUUHUtoCjkKTpOQ/Iw4s1LS+3Vub5+
        AiEAtDcGrOmsr2YYLfDRJAiOS/jsWb3iDDJjlCLg/NB+9HE=
        -----END CERTIFICATE-----
        """
    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgD8yrRGP+sHD3Iz9f
        ESp5Q3uIH4fh7+d65NoB0fQEQSChRANCAARJ2djZEway/NDh2clRLFHR89N+2O6q
        8opABxbWVAsQ3ftzGRAGl5v8LAJX45yYgdnTP/Ep9bIsg+qVRAkrfrL1
        -----END PRIVATE KEY-----
        """
}
