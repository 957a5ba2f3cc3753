"""SIP without sockets: octets, a source and a time in; octets to send and questions out.

::

    datagram / Framer --> Frame --> Request --> rules --> Call --(entry)--> decide --> 302
      framing              head      message    redirect   server            routing    reply
                                                  |
                                       transactions: the same octets again, timers, ACK, CANCEL

`RedirectServer` in `server` is all that a socket needs to know. Plain calls, nearly all of a
proxy's, go another way with the same end: `fast`.
"""
