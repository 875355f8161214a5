"""How complete and consistent the facts are: checks, their measurement, and customers who are one person."""
